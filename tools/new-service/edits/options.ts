import { serviceDefinition } from '@app/shop-services';
import type { Changes } from '../changes';
import { lastService } from '../model';
import type { NewService } from '../new-service';
import { insertAfterLine } from './lines';

/** Documents the variables of the service's ports. */
export function addOptions(changes: Changes, service: NewService): void {
  const { name, port, managementPort, portVariable, managementPortVariable } = service;
  const last = serviceDefinition(lastService);
  changes.edit('.env.example', (text) => {
    const withPort = insertAfterLine(text, `# ${last.portVariable}=`, `# ${portVariable}=${port}`);
    const management = `# ${managementPortVariable}=${managementPort}`;
    return insertAfterLine(withPort, `# ${last.managementPortVariable}=`, management);
  });
  changes.edit('docs/operations.md', (text) => {
    const row = `| \`${portVariable}\` | ${port} | The port of ${name} |`;
    const withPort = insertAfterLine(text, `| \`${last.portVariable}\``, row);
    const management = `| \`${managementPortVariable}\` | ${managementPort} | The same for ${name} |`;
    return insertAfterLine(withPort, `| \`${last.managementPortVariable}\``, management);
  });
  changes.edit('docs/observability.md', (text) => {
    const row = `| ${name} | \`${portVariable}\`, ${port} | \`${managementPortVariable}\`, ${managementPort} |`;
    return insertAfterLine(text, `| ${lastService}`, row);
  });
}
