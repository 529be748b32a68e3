export { type RoutedDataSourceOptions, routedDataSourceOptions } from './typeorm/data-source-options';
export { RoutedDataSource } from './typeorm/routed-data-source';
