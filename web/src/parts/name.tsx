/** A name that a user chose: of any length, and in any direction of writing. The tooltip has all of it. */
export function Name({ text }: { readonly text: string }) {
  return (
    <bdi class="name" title={text}>
      {text}
    </bdi>
  );
}
