/** A reference to a ConfigMap or a Secret. */
export interface Reference {
  readonly map?: string;
  readonly secret?: string;
  readonly key?: string;
}

/** All references anywhere in an object. */
export function referencesOf(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Record<string, Record<string, never>>).flatMap(
    ([field, inner]): Reference[] => {
      switch (field) {
        case 'configMapRef':
          return [{ map: inner.name! }];
        case 'configMap':
          return [{ map: inner.name! }];
        case 'secretKeyRef':
          return [{ secret: inner.name!, key: inner.key! }];
        case 'passwordSecret':
          return [{ secret: inner.name!, key: 'password' }];
        case 'secret':
          // A volume names its Secret in another field than a projected volume does.
          return 'secretName' in inner
            ? [{ secret: inner.secretName }]
            : [{ secret: inner.name!, key: 'password' }];
        default:
          return referencesOf(inner);
      }
    },
  );
}
