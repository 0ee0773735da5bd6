/** Steps as a sentence counts them. */
export const countedSteps = (steps: number): string => `${steps} ${steps === 1 ? 'step' : 'steps'}`;
