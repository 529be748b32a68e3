import 'reflect-metadata';
import { ApiOperation, ApiTags, applyDeferred } from './deferred-decorators';

describe('deferred decorators', () => {
  it('do nothing until the document is generated, and then what those of @nestjs/swagger do', () => {
    const decorated = () => {
      @ApiTags('things')
      class Things {
        @ApiOperation({ summary: 'All things' })
        list(): void {}
      }
      return Things;
    };
    const Things = decorated();
    const isListed = (): unknown[] => [
      Reflect.getMetadata('swagger/apiUseTags', Things),
      Reflect.getMetadata(
        'swagger/apiOperation',
        Object.getOwnPropertyDescriptor(Things.prototype, 'list')?.value,
      ),
    ];
    expect(isListed()).toEqual([undefined, undefined]);
    applyDeferred(jest.requireActual('@nestjs/swagger'));
    expect(isListed()).toEqual([['things'], expect.objectContaining({ summary: 'All things' })]);
  });
});
