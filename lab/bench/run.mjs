// Runs `npm run lab -- bench`.
import './prepare.mjs';

await import('./dist/main.js');
