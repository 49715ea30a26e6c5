import { fillTemplates } from '../inference/zero-shot.js';

/** A label, and how to ask a model for it. */
export interface PromptedLabel {
  readonly name: string;
  readonly synonyms?: readonly string[];
  /** Instead of the templates with name and synonyms; {} stands for the name. */
  readonly prompts?: readonly string[];
  /** What looks like it, and is not. */
  readonly negativePrompts?: readonly string[];
}

/** The texts whose mean is the label's direction. @param templates with {} in place of the label */
export function promptsOf(
  { name, synonyms = [], prompts = [] }: PromptedLabel,
  templates: readonly string[],
): string[] {
  if (prompts.length > 0) return fillTemplates(name, prompts);
  return [name, ...synonyms].flatMap((each) => fillTemplates(each, templates));
}

/** How many texts a model is asked for, with the negative ones. @param templateCount how many templates there are */
export function promptCount(labels: readonly PromptedLabel[], templateCount: number): number {
  return labels.reduce((sum, { synonyms = [], prompts = [], negativePrompts = [] }) => {
    const own = prompts.length || (1 + synonyms.length) * templateCount;
    return sum + own + negativePrompts.length;
  }, 0);
}
