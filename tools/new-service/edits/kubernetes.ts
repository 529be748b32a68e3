import { serviceRole } from '@app/shop-services';
import { type Document, isScalar, type YAMLMap } from 'yaml';
import type { Changes } from '../changes';
import { lastService, modelService } from '../model';
import type { NewService } from '../new-service';
import { raised } from './limits';
import { repeatLines, replaceRole } from './lines';
import { editManifest, insertAfter, insertCopy, isText, listAt, mapAt, mapsIn } from './yaml';

const LOCAL = 'k8s/overlays/local/postgres';
const lastRole = serviceRole(lastService);

/** Makes the service's manifests, and adds its role to the clusters of both overlays. */
export function addManifests(changes: Changes, service: NewService): void {
  const model = changes.read(`k8s/base/${modelService}.yaml`);
  changes.create(`k8s/base/${service.name}.yaml`, manifests(model, service));
  changes.edit('k8s/base/kustomization.yaml', (text) =>
    editManifest(text, (document) => {
      const resources = listAt(document, ['resources']);
      insertAfter(
        resources,
        (item) => isText(item, `${lastService}.yaml`),
        document.createNode(`${service.name}.yaml`),
      );
    }),
  );
  changes.edit('k8s/overlays/cloudnative-pg/cluster.yaml', (text) =>
    editManifest(text, (document) => addToCloudNativePg(document, service)),
  );
  changes.edit('k8s/overlays/cloudnative-pg/tls.yaml', (text) => repeatManifest(text, service));
  changes.edit(`${LOCAL}/create-roles.sh`, (text) => repeatLines(text, lastRole, service.role));
  changes.edit(`${LOCAL}/primary.yaml`, (text) =>
    editManifest(text, (document) => {
      addPassword(document, service);
      raiseArgument(document);
    }),
  );
  changes.edit(`${LOCAL}/replica.yaml`, (text) => editManifest(text, raiseArgument));
}

/** The model's manifests with the new names and ports, and without the URLs of the services it calls. */
function manifests(model: string, { name, role, port, managementPort }: NewService): string {
  const renamed = model.replaceAll(modelService, name).replaceAll(serviceRole(modelService), role);
  return editManifest(renamed, (document) => {
    const container = mapAt(document, ['spec', 'template', 'spec', 'containers', 0]);
    const environment = listAt(container, ['env']);
    environment.items = environment.items.filter(
      (item) => !mapsIn(environment).some((map) => map === item && isUrlOfService(map)),
    );
    container.setIn(['ports', 0, 'containerPort'], port);
    container.setIn(['ports', 1, 'containerPort'], managementPort);
  });
}

/** Repeats the last service's manifest, one of several in the file, with the new names. */
function repeatManifest(text: string, { name, role }: NewService): string {
  const manifestsIn = text.split('\n---\n');
  const index = manifestsIn.findIndex((manifest) => manifest.includes(`\n  name: ${lastService}\n`));
  const manifest = manifestsIn[index];
  if (manifest === undefined) throw new Error(`there is no manifest of ${lastService}`);
  const copy = replaceRole(manifest.replaceAll(lastService, name), lastRole, role);
  return manifestsIn.toSpliced(index + 1, 0, copy).join('\n---\n');
}

function isUrlOfService(variable: YAMLMap): boolean {
  return String(variable.get('name')).endsWith('_SERVICE_URL');
}

function addToCloudNativePg(document: Document.Parsed, { name, role }: NewService): void {
  const sql = listAt(document, ['spec', 'bootstrap', 'initdb', 'postInitApplicationSQL']);
  for (const item of [...sql.items]) {
    if (!isScalar(item)) continue;
    const statement = replaceRole(String(item.value), lastRole, role);
    if (statement === item.value) continue;
    insertAfter(sql, (each) => each === item, document.createNode(statement));
  }
  insertCopy(listAt(document, ['spec', 'managed', 'roles']), ['name'], lastRole, (copy) => {
    copy.set('name', role);
    copy.setIn(['passwordSecret', 'name'], `database-${name}`);
  });
  const parameters = mapAt(document, ['spec', 'postgresql', 'parameters']);
  setText(parameters.get('max_connections', true), (text) => raised(text));
}

function addPassword(document: Document.Parsed, { name, role }: NewService): void {
  const volumes = mapsIn(listAt(document, ['spec', 'template', 'spec', 'volumes']));
  const passwords = volumes.find((volume) => volume.get('name') === 'passwords');
  if (passwords === undefined) throw new Error('there is no volume passwords');
  const sources = listAt(passwords, ['projected', 'sources']);
  insertCopy(sources, ['secret', 'name'], `database-${lastService}`, (copy) => {
    copy.setIn(['secret', 'name'], `database-${name}`);
    copy.setIn(['secret', 'items', 0, 'path'], role);
  });
}

function raiseArgument(document: Document.Parsed): void {
  const args = listAt(document, ['spec', 'template', 'spec', 'containers', 0, 'args']);
  const argument = args.items.find(
    (item) => isScalar(item) && String(item.value).startsWith('max_connections='),
  );
  setText(argument, (text) => `max_connections=${raised(text.replace('max_connections=', ''))}`);
}

function setText(node: unknown, change: (text: string) => string): void {
  if (!isScalar(node)) throw new Error('max_connections is not set');
  node.value = change(String(node.value));
}
