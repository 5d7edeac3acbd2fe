// How long an answer took.

export const LONGEST = 600_000; // milliseconds; whoever took longer was away

// since: what `performance.now()` said when the images came.
export const took = (since) => Math.min(LONGEST, Math.round(performance.now() - since));
