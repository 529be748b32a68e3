import { readArguments, USAGE } from './new-service/arguments';
import { Changes } from './new-service/changes';
import { newService, type NewService } from './new-service/new-service';
import { planService } from './new-service/plan';
import { choosePort } from './new-service/port-choice';
import { Refusal } from './new-service/refusal';
import { requireCommitted, requireFreeName } from './new-service/target';
import { writeChanges } from './new-service/write-changes';

/** `npm run new:service -- warehouse`: adds a service to the shop. */
async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given === undefined) {
    console.log(USAGE);
    return;
  }
  const root = process.cwd();
  const changes = new Changes(root);
  requireFreeName(root, given.service, changes);
  const service = newService(given.service, choosePort(given.port, changes.read('docker-compose.yml')));
  planService(changes, root, service, Date.now());
  requireCommitted(root, [...changes.edited.keys()]);
  await writeChanges(root, changes);
  console.log(summary(service, changes));
}

function summary({ name, role, port, managementPort }: NewService, { created, edited }: Changes): string {
  const list = (files: ReadonlyMap<string, string>) =>
    [...files.keys()].map((path) => `  ${path}`).join('\n');
  return `Made ${name}, on ports ${port} and ${managementPort}, with the database role ${role}:

${list(created)}

and added it to:

${list(edited)}

Next:

  npm start     serves http://127.0.0.1:${port}/products, API at http://127.0.0.1:${port}/docs
  its tests     npx jest apps/${name} test/manifests
  to go on      docs/new-service.md; also for databases that exist already`;
}

main().catch((error: unknown) => {
  console.error(error instanceof Refusal ? error.message : error);
  process.exit(1);
});
