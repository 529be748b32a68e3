/** The parts of an OpenAPI document that the tests read. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly security?: unknown;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Answer {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { schema: Schema }>>;
}

export interface Schema {
  readonly example?: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Example {
  /** Where it is in the document. */
  readonly at: string;
  readonly schema: Schema;
  readonly example: unknown;
}

/** Every example, with the schema that it must satisfy: its own, or that of its parameter or content. */
export function* examplesIn(value: unknown, at = ''): Generator<Example> {
  if (typeof value !== 'object' || value === null) return;
  if ('example' in value) {
    yield { at, schema: 'schema' in value ? (value.schema as Schema) : value, example: value.example };
  }
  for (const [key, part] of Object.entries(value)) yield* examplesIn(part, `${at}/${key}`);
}

/** What the OpenAPI UI fills in when "Try it out" is pressed. */
export function sampleOf({ example, properties, items }: Schema): unknown {
  if (example !== undefined) return example;
  if (items !== undefined) return [sampleOf(items)];
  if (properties === undefined) return undefined;
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, sampleOf(schema)]));
}
