/** Import it in a spec that concerns only the embedded backend: its binaries, its users, its data root. */
process.env.CLUSTER_BACKEND = 'embedded';
