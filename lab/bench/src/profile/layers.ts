/** What a request or a statement passes through; the first that matches a function is its layer. */
const LAYERS: readonly {
  readonly name: string;
  readonly colour: string;
  readonly has: (functionName: string, url: string) => boolean;
}[] = [
  {
    name: 'garbage collection',
    colour: '#b8b8b8',
    has: (name) => name === '(garbage collector)',
  },
  {
    name: 'socket writes (kernel)',
    colour: '#8f9bb3',
    has: (name, url) => url === '' && /^(?:writev|write\w+String|writeBuffer)$/.test(name),
  },
  { name: 'db-routing', colour: '#f2994a', has: (_, url) => /\/(?:libs\/)?db-routing\/dist\//.test(url) },
  { name: 'TypeORM', colour: '#eb5757', has: (_, url) => url.includes('/node_modules/typeorm/') },
  { name: 'pg', colour: '#56ccf2', has: (_, url) => /\/node_modules\/pg(?:-[a-z]+)?\//.test(url) },
  { name: 'Nest', colour: '#bb6bd9', has: (_, url) => url.includes('/node_modules/@nestjs/') },
  {
    name: 'Fastify',
    colour: '#6fcf97',
    has: (_, url) => /\/node_modules\/(?:@fastify\/|fastify|find-my-way|avvio|light-my-request)/.test(url),
  },
  { name: 'other packages', colour: '#9b8b6f', has: (_, url) => url.includes('/node_modules/') },
  { name: 'service', colour: '#f2c94c', has: (_, url) => url.includes('/dist/') },
  { name: 'Node.js and V8', colour: '#cfd8dc', has: () => true },
];

export function layerOf(functionName: string, url: string): string {
  return LAYERS.find(({ has }) => has(functionName, url))?.name ?? '';
}

export function colourOfLayer(layer: string): string {
  return LAYERS.find(({ name }) => name === layer)?.colour ?? '';
}

/** Of all layers, in order. */
export const LAYER_NAMES: readonly string[] = LAYERS.map(({ name }) => name);
