/** Options of node: write a CPU profile of the whole process to the directory at its exit. */
export function profilerOptions(name: string, directory: string | undefined): readonly string[] {
  if (directory === undefined) return [];
  const file = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}-${Date.now()}.cpuprofile`;
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${file}`];
}
