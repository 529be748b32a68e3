// Runs `npm run lab -- guard`.
import './prepare.mjs';

await import('./dist/guard/main.js');
