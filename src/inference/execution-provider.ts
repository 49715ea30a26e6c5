/** What computes: this processor, or an accelerator that ONNX Runtime has a provider for. */
export const EXECUTION_PROVIDERS = ['cpu', 'cuda', 'coreml', 'dml'] as const;

export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];
