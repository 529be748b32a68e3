import {
  Column,
  CreateDateColumn,
  DeleteDateColumn,
  Entity,
  PrimaryGeneratedColumn,
  Tree,
  TreeChildren,
  TreeParent,
  type Relation,
} from 'typeorm';

@Entity()
export class Item {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'text', unique: true })
  name!: string;

  @Column({ type: 'int', default: 0 })
  stock!: number;

  @CreateDateColumn()
  madeAt!: Date;

  @DeleteDateColumn()
  deletedAt!: Date | null;
}

@Entity()
@Tree('closure-table')
export class Category {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'text' })
  name!: string;

  @TreeChildren()
  children!: Relation<Category>[];

  @TreeParent()
  parent!: Relation<Category> | null;
}
