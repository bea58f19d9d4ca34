export function binariesFolder(environment?: NodeJS.ProcessEnv): string;
export function buildBinaries(): Promise<string>;
