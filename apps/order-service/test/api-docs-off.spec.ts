import { OrderShop } from './order-shop';

describe('a service with API_DOCS=off', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0, environment: { API_DOCS: 'off' } });
  });
  afterAll(() => shop.close());

  it.each(['/docs', '/docs/', '/docs/openapi.json', '/docs/swagger-ui.css'])('404 for %s', async (path) => {
    const response = await (await shop.service.as()).get(path);
    expect(response.status).toBe(404);
    expect(response.type).toBe('application/problem+json');
  });
});
