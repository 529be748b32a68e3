// Runs `npm run lab -- guard`, with the contenders and services of the benchmarks.
import '../bench/prepare.mjs';

await import('../bench/dist/guard/main.js');
