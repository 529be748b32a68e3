import { callerOf } from './caller';

const long = 'x'.repeat(129);

describe('callerOf', () => {
  it.each<[Record<string, unknown>, object]>([
    [{ sub: 'alice' }, { subject: 'alice', roles: [], tenant: undefined }],
    [
      { sub: 'alice', roles: ['support', 'späher'], tenant: 'acme', scope: 'openid' },
      { subject: 'alice', roles: ['support', 'späher'], tenant: 'acme' },
    ],
    [
      { sub: 'x'.repeat(128), roles: [] },
      { subject: 'x'.repeat(128), roles: [], tenant: undefined },
    ],
  ])('reads the caller from the claims %j', (claims, caller) => {
    expect(callerOf(claims)).toEqual({ caller });
  });

  it.each([undefined, null, 42, true, ['alice'], { name: 'alice' }, '', 'a\nb', 'a\0b', 'a\ud800', long])(
    'refuses the subject %j',
    (sub) => {
      expect(callerOf({ sub })).toEqual({
        objection: "the token's subject must be 1 to 128 printable characters",
      });
    },
  );

  it.each([null, 42, ['acme'], { id: 'acme' }, '', 'a\nb', long])('refuses the tenant %j', (tenant) => {
    expect(callerOf({ sub: 'alice', tenant })).toEqual({
      objection: "the token's tenant must be 1 to 128 printable characters",
    });
  });

  it.each([
    null,
    'support',
    { 0: 'support' },
    [42],
    [''],
    ['a\nb'],
    [['support']],
    [long],
    Array.from({ length: 33 }, (_, n) => `role ${n}`),
  ])('refuses the roles %j', (roles) => {
    expect(callerOf({ sub: 'alice', roles })).toEqual({
      objection: "the token's roles must be a list of at most 32, each 1 to 128 printable characters",
    });
  });
});
