import { type ClusterOptions, PostgresCluster } from '../../src';

/** Runs as a separate process that owns a cluster until it is told to stop, or is killed. */
async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as ClusterOptions;
  const cluster = await PostgresCluster.start({
    ...options,
    onProgress: (message) => process.send?.({ progress: message }),
  });
  process.send?.({
    started: {
      directory: cluster.directory,
      postmasters: cluster.nodes.map(({ pid }) => pid),
      url: cluster.primary.url('postgres'),
      loadedContainers: Object.keys(require.cache).some((file) => file.includes('/testcontainers/')),
    },
  });
  process.on('message', (order) => {
    if (order === 'stop') void cluster.stop().then(() => process.disconnect());
    if (order === 'exit') process.exit(7);
    if (order === 'freeze') for (const node of cluster.nodes) node.freeze();
  });
}

main().catch((error: unknown) => {
  process.send?.({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  process.exitCode = 1;
  process.disconnect();
});
