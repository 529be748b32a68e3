import connectPgSimple from 'connect-pg-simple';
import session, { Cookie, type SessionData } from 'express-session';
import { useLab } from './support';

describe('connect-pg-simple, by its option pool', () => {
  const lab = useLab();
  type Store = InstanceType<ReturnType<typeof connectPgSimple>>;
  let store: Store;

  beforeAll(() => {
    store = new (connectPgSimple(session))({
      pool: lab.pool,
      createTableIfMissing: true,
      pruneSessionInterval: false,
    });
  });
  afterAll(() => {
    store.close();
  });

  function data(user: string): SessionData & { user: string } {
    const cookie = new Cookie();
    cookie.maxAge = 60_000;
    return { cookie, user };
  }
  const set = (id: string, user: string) =>
    new Promise<void>((resolve, reject) => {
      store.set(id, data(user), (error?: Error) => (error ? reject(error) : resolve()));
    });
  const get = (id: string) =>
    new Promise<unknown>((resolve, reject) => {
      store.get(id, (error: Error | null, found) => (error ? reject(error) : resolve(found)));
    });

  it('finds a session that was just saved, every time', async () => {
    for (let n = 0; n < 30; n += 1) {
      await set(`s${n}`, `user ${n}`);
      expect(await get(`s${n}`)).toMatchObject({ user: `user ${n}` });
    }
  });

  it('forgets what was destroyed', async () => {
    await set('gone', 'user');
    await new Promise<void>((resolve) => store.destroy('gone', () => resolve()));
    expect(await get('gone')).toBeFalsy();
  });

  it('prunes', async () => {
    await set('old', 'user');
    await lab.pool.query("UPDATE session SET expire = now() - interval '1 day' WHERE sid = 'old'");
    await new Promise((resolve) => {
      store.pruneSessions(resolve);
    });
    const { rows } = await lab.pool.query("SELECT count(*)::int AS n FROM session WHERE sid = 'old'");
    expect(rows).toEqual([{ n: 0 }]);
  });
});
