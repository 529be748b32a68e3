import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'service-kit:is-public';

/** Opens a handler, or all of a controller's, to requests without a token. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
