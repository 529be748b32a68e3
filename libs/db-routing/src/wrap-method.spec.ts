import { wrapMethod } from './wrap-method';

function wrapped(method: () => string): TypedPropertyDescriptor<() => string> {
  const descriptor = { value: method };
  wrapMethod(descriptor, (call) => `[${String(call())}]`);
  return descriptor;
}

describe('a wrapped method', () => {
  // In this order: what reflect-metadata adds to Reflect stays there.
  it('needs no reflect-metadata', () => {
    expect(Reflect).not.toHaveProperty('getMetadataKeys');
    const { value } = wrapped(function answer() {
      return 'done';
    });
    expect(value?.()).toBe('[done]');
    expect(value?.name).toBe('answer');
  });

  it('keeps the metadata that other decorators have left on the method', async () => {
    await import('reflect-metadata');
    const method = () => 'done';
    Reflect.defineMetadata('path', '/orders', method);
    const { value } = wrapped(method);
    expect(value).not.toBe(method);
    expect(Reflect.getMetadata('path', value as object)).toBe('/orders');
  });
});
