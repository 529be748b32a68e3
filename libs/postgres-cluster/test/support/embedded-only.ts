/** Import it in a spec about what only the embedded backend has: its binaries, its users, its data root. */
process.env.CLUSTER_BACKEND = 'embedded';
