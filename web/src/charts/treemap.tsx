/** A rectangle of a treemap; its area is proportional to the weight. */
export interface Tile<Item> {
  readonly item: Item;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Smaller items cannot be seen, and would have sides of zero or infinity by the rounding of doubles. */
const LEAST_SHARE = 1e-6;

/**
 * The squarified treemap of Bruls, Huizing and van Wijk (2000): rows along the shorter side, as long as another item
 * makes the worst aspect ratio better. Items without a positive weight, or with a
 * millionth of the total, have no tile.
 */
export function treemap<Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  area: Area,
): Tile<Item>[] {
  if (area.width * area.height <= 0) return [];
  const positive = items
    .map((item) => ({ item, weight: weightOf(item) }))
    .filter(({ weight }) => weight > 0 && Number.isFinite(weight))
    .sort((a, b) => b.weight - a.weight);
  // In shares of the largest weight: the sum of very large weights would be infinite, and that of tiny ones too small.
  const largest = positive[0]?.weight ?? 1;
  const shares = positive.map(({ item, weight }) => ({ item, weight: weight / largest }));
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  const weighted = shares.filter(({ weight }) => weight > total * LEAST_SHARE);
  const scale = (area.width * area.height) / total;
  const tiles: Tile<Item>[] = [];
  let rest = area;
  let row: { item: Item; size: number }[] = [];
  for (const { item, weight } of weighted) {
    const next = [...row, { item, size: weight * scale }];
    const side = Math.min(rest.width, rest.height);
    if (row.length > 0 && worstRatio(next, side) > worstRatio(row, side)) {
      rest = placeRow(row, rest, tiles);
      row = [{ item, size: weight * scale }];
    } else row = next;
  }
  if (row.length > 0) placeRow(row, rest, tiles);
  return tiles;
}

function worstRatio(row: readonly { size: number }[], side: number): number {
  const sum = row.reduce((total, { size }) => total + size, 0);
  const thickness = sum / side;
  return Math.max(...row.map(({ size }) => Math.max(thickness ** 2 / size, size / thickness ** 2)));
}

/** Places a row along the shorter side, and returns the area that is left. */
function placeRow<Item>(
  row: readonly { item: Item; size: number }[],
  { x, y, width, height }: Area,
  tiles: Tile<Item>[],
): Area {
  const sum = row.reduce((total, { size }) => total + size, 0);
  const isColumn = width >= height;
  const thickness = sum / (isColumn ? height : width);
  let offset = 0;
  for (const { item, size } of row) {
    const length = size / thickness;
    tiles.push(
      isColumn
        ? { item, x, y: y + offset, width: thickness, height: length }
        : { item, x: x + offset, y, width: length, height: thickness },
    );
    offset += length;
  }
  return isColumn
    ? { x: x + thickness, y, width: Math.max(0, width - thickness), height }
    : { x, y: y + thickness, width, height: Math.max(0, height - thickness) };
}
