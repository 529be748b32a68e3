import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'service-kit:is-public';

/** Lets requests without a token reach a handler, or all handlers of a controller. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
