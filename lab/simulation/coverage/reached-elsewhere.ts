/** Files whose branches no cluster, network or luck decides, with where they are tested. */
export const REACHED_ELSEWHERE: readonly { readonly path: string; readonly because: string }[] = [
  { path: 'consistency/consistent-fetch.ts', because: 'HTTP between services; consistent-fetch.spec.ts' },
];

export function leftOut(file: string): boolean {
  return REACHED_ELSEWHERE.some(({ path }) => file.startsWith(path));
}
