/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A choice by name with its options, as it stands in a config file; `create` of the matching registry makes it real. */
export interface Spec<Name extends string = string> {
  readonly name: Name;
  readonly options?: Readonly<Record<string, Json>>;
}

/** What a value was chosen as, with its options spelt out: how a choice stands within the options of another. */
export const specOf = ({ spec: { name, options = {} } }: { readonly spec: Spec }): Required<Spec> => ({
  name,
  options,
});
