import { p } from "@mikro-orm/core";

/** Money: numeric without precision or scale keeps every digit. MikroORM's own decimal is numeric(10,0), which rounds. */
export const numeric = () => p.decimal().columnType("numeric");

/** A moment in milliseconds, which is what a JavaScript Date and a cursor can hold. */
export const timestamp = () => p.datetime(3);
