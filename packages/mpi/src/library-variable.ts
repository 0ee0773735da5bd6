/** Variable that names the library, before all that is looked for; `none` starts a process alone. */
export const LIBRARY_VARIABLE = 'IDLM_MPI_LIBRARY';
