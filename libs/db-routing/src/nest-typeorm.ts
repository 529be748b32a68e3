export {
  RoutedTypeOrmModule,
  type RoutedTypeOrmModuleAsyncOptions,
  type RoutedTypeOrmModuleOptions,
  type RoutedTypeOrmOptionsFactory,
} from './nest/routed-type-orm.module';
