// From 1.30 on ONNX Runtime sends what it is used for to its maker, and keeps a number of this machine to do so, unless this
// is set before it is loaded. It reads the environment of the process, which only the main thread can set.
// oxlint-disable-next-line no-restricted-properties -- written, not read
process.env['ORT_DISABLE_TELEMETRY'] = '1';
