/**
 * The Python at a path; without one, that of a new virtual environment in a folder.
 * @param requirements path of the list of what is installed there
 */
export function pythonWith(requirements: string, work: string, given?: string): string;
