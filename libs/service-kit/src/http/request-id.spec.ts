import { requestIdOf } from './request-id';

describe('requestIdOf', () => {
  it.each(['trace-1', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'a'.repeat(128)])(
    'keeps %s',
    (id) => {
      expect(requestIdOf({ headers: { 'x-request-id': id } })).toBe(id);
    },
  );

  it.each([undefined, '', 'a'.repeat(129), 'line\nbreak', 'quo"te', 'späce', ['a', 'b']])(
    'makes a new one for %j',
    (id) => {
      const made = requestIdOf({ headers: { 'x-request-id': id } });
      expect(made).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    },
  );
});
