/** Kinds of MPI libraries, by what they call communicators, types and operations. */
export type Kind = 'open-mpi' | 'mpich' | 'abi';

/** What a library calls things, and how it takes them. */
export interface Implementation {
  /** C type of its handles. */
  readonly handle: 'int' | 'intptr_t';
  readonly world: number | bigint;
  readonly float: number | bigint;
  readonly byte: number | bigint;
  readonly add: number | bigint;
  /** MPI_IN_PLACE. */
  readonly inPlace: number;
  /** MPI_ERRORS_RETURN. */
  readonly errorsReturn: number | bigint;
  /** MPI_THREAD_SERIALIZED and MPI_THREAD_MULTIPLE. */
  readonly serialized: number;
  readonly multiple: number;
}

/** The numbers of MPICH, and of Intel MPI, MVAPICH and Cray MPICH, which keep its binary interface. Source: MPICH 3.1 to 5.0, mpi.h. */
const MPICH: Implementation = {
  handle: 'int',
  world: 0x44000000,
  float: 0x4c00040a,
  byte: 0x4c00010d,
  add: 0x58000003,
  inPlace: -1,
  errorsReturn: 0x54000001,
  serialized: 2,
  multiple: 3,
};

/** The numbers of the standard's own binary interface. Source: MPI 5.0, chapter 20 and appendix A. */
const ABI: Implementation = {
  handle: 'intptr_t',
  world: 0x101,
  float: 0x210,
  byte: 0x247,
  add: 0x21,
  inPlace: 1,
  errorsReturn: 0x143,
  serialized: 2048,
  multiple: 4096,
};

/** Open MPI's handles are the addresses of its own variables. Source: Open MPI 4.1 and 5.0, mpi.h. @param addressOf that of a variable */
const openMpi = (addressOf: (name: string) => bigint): Implementation => ({
  handle: 'intptr_t',
  world: addressOf('ompi_mpi_comm_world'),
  float: addressOf('ompi_mpi_float'),
  byte: addressOf('ompi_mpi_byte'),
  add: addressOf('ompi_mpi_op_sum'),
  inPlace: 1,
  errorsReturn: addressOf('ompi_mpi_errors_return'),
  serialized: 2,
  multiple: 3,
});

/** What a library of some kind calls things. @param addressOf the address of one of its variables */
export function implementationOf(kind: Kind, addressOf: (name: string) => bigint): Implementation {
  if (kind === 'abi') return ABI;
  return kind === 'mpich' ? MPICH : openMpi(addressOf);
}
