import { ConfigError, loadDotEnv, mintDevelopmentToken } from '@app/service-kit';

/** Prints a development token for the subject that is given, and nothing else. */
async function main(): Promise<void> {
  const [subject, ...rest] = process.argv.slice(2);
  if (subject === undefined || subject === '' || rest.length > 0) {
    fail('usage: npm run -s token -- <customer>, for example: npm run -s token -- alice');
  }
  loadDotEnv();
  try {
    console.log(await mintDevelopmentToken(subject));
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

void main();
