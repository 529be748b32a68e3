import type { Changes } from './changes';
import { addContainer } from './edits/containers';
import { addFacts } from './edits/facts';
import { addManifests } from './edits/kubernetes';
import { addMigration } from './edits/migration';
import { addProject } from './edits/nest-cli';
import { addOptions } from './edits/options';
import type { NewService } from './new-service';
import { addApplication } from './template';

/** Every change that adds the service. `test/manifests/every-service.spec.ts` checks that none is missing. */
export function planService(changes: Changes, root: string, service: NewService, nowMs: number): void {
  addApplication(changes, root, service);
  addFacts(changes, service);
  addMigration(changes, service, nowMs);
  addProject(changes, service);
  addOptions(changes, service);
  addContainer(changes, service);
  addManifests(changes, service);
}
