import Module from 'node:module';
import { type DataSource, Repository } from 'typeorm';

/**
 * Lets the services' classes run on TypeORM alone: what they import from the routing library is replaced by
 * what TypeORM's documentation says to do. Load this before them.
 */
type Method = (...args: never[]) => unknown;
type Decorator = (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Method>) => void;

let dataSource: DataSource | undefined;

export function useDataSource(given: DataSource): void {
  dataSource = given;
}

/** `dataSource.transaction()`, with the repositories of its manager. */
function transactional(): Decorator {
  return (_target, _key, descriptor) => {
    const method = descriptor.value;
    if (method === undefined) throw new TypeError('@Transactional() decorates methods');
    descriptor.value = function (this: object, ...args: never[]): unknown {
      if (dataSource === undefined) throw new TypeError('useDataSource() was not called');
      return dataSource.transaction(async (manager) =>
        method.apply(
          inTransaction(this, (repository) => manager.withRepository(repository)),
          args,
        ),
      );
    };
  };
}

/** A copy of the service, and of those that it uses, on other repositories. */
function inTransaction(service: object, repositoryOf: (own: Repository<object>) => unknown): object {
  const copy = Object.create(service) as Record<string, unknown>;
  for (const [name, value] of Object.entries(service)) {
    if (value instanceof Repository) copy[name] = repositoryOf(value as Repository<object>);
    else if (isService(value)) copy[name] = inTransaction(value, repositoryOf);
  }
  return copy;
}

function isService(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((each) => each instanceof Repository)
  );
}

const ignored = (): Decorator => () => undefined;

const REPLACED = { Transactional: transactional, ReadConsistency: ignored, ReadFrom: ignored };

type Load = (request: string, ...rest: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;
loader._load = function (this: unknown, request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  return request === 'db-routing' ? { ...(loaded as object), ...REPLACED } : loaded;
};
