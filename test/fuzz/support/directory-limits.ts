// Limits of the directory under test.
export const directoryLimits = { entries: 200, perPath: 50, watches: 40, watchesPerConnection: 5, wait: 200 };
