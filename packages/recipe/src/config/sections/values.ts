import type { Spec } from '@idlm/core-diffusion';
import { z } from 'zod';

/** A whole number of at least `least`. */
export const whole = (least = 1) => z.int().min(least);

/** A number above 0. */
export const positive = () => z.number().positive();

/** A choice by name, `name` or `{ name, options }`; what names and options there are, its registry knows. */
export const spec = () =>
  z
    .union([
      z.string().min(1),
      z.strictObject({ name: z.string().min(1), options: z.record(z.string(), z.unknown()).optional() }),
    ])
    .transform((value): Required<Spec> =>
      // YAML and JSON files hold no other values than those of JSON.
      typeof value === 'string' ? { name: value, options: {} } : ({ options: {}, ...value } as Required<Spec>),
    );
