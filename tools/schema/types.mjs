import ts from "typescript";
import { documentation, tag } from "./documentation.mjs";

const PRIMITIVES = [
  [ts.TypeFlags.StringLike, "string"],
  [ts.TypeFlags.BooleanLike, "boolean"],
];

/**
 * Properties with numbers that are not whole, or do not fit the 32 bits that an integer has in some
 * languages. TypeScript has one type for both.
 */
const NO_INTEGERS = new Set(["activatedAt", "ratio", "key", "attributes"]);

/**
 * Turns TypeScript types into those of Pulumi's package schema.
 *
 * `plain` marks a value that has to be known while the program runs: what is not wrapped in
 * `Input`. A default that is a constant is the docstring's `@default`.
 * @see https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */
export class Types {
  #checker;
  #found = new Map();

  constructor(checker) {
    this.#checker = checker;
  }

  /** The object types and enums met so far, by token. */
  described() {
    return Object.fromEntries([...this.#found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A class with its arguments. `echoed`: inputs are outputs too. */
  resource(declaration, argsDeclaration, { plain, echoed = false, replaces = [] }) {
    const inputs = this.#properties(this.#checker.getTypeAtLocation(argsDeclaration), plain);
    const outputs = this.#outputs(declaration);
    const echo = echoed
      ? this.#properties(this.#checker.getTypeAtLocation(argsDeclaration), false)
      : none();
    for (const name of replaces) inputs.properties[name].willReplaceOnChanges = true;
    const required = new Set([...echo.required, ...outputs.required]);
    return {
      description: documentation(
        this.#checker.getSymbolAtLocation(declaration.name),
        this.#checker,
      ),
      properties: { ...withoutDefaults(echo.properties), ...outputs.properties },
      required: [...required].sort(),
      inputProperties: inputs.properties,
      requiredInputs: inputs.required,
    };
  }

  /** Some fields of an interface, as they stand in a provider's configuration. */
  fields(declaration, names) {
    const { properties } = this.#properties(this.#checker.getTypeAtLocation(declaration), false);
    return Object.fromEntries(names.map((name) => [name, properties[name]]));
  }

  #outputs(declaration) {
    const found = none();
    for (const member of declaration.members) {
      if (!ts.isPropertyDeclaration(member)) continue;
      const symbol = this.#checker.getSymbolAtLocation(member.name);
      const inner = this.#innerOf(this.#checker.getTypeAtLocation(member), "OutputInstance");
      // A property that is no output, such as a Map of resources, exists only in TypeScript.
      if (inner === undefined) continue;
      const optional = isOptional(inner);
      found.properties[symbol.name] = this.#property(symbol, inner, { plain: false });
      if (!optional) found.required.push(symbol.name);
    }
    return sorted(found);
  }

  #properties(type, plain) {
    const found = none();
    for (const symbol of this.#checker.getPropertiesOfType(type)) {
      const declared = this.#checker.getTypeOfSymbol(symbol);
      const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0 || isOptional(declared);
      found.properties[symbol.name] = this.#property(symbol, declared, { plain });
      if (!optional) found.required.push(symbol.name);
    }
    return sorted(found);
  }

  #property(symbol, type, { plain }) {
    const { schema, isInput } = this.#unwrapped(symbol, type, plain);
    const description = documentation(symbol, this.#checker);
    const fallback = tag(symbol, "default", this.#checker);
    return {
      ...schema,
      ...(plain && !isInput && { plain: true }),
      ...(description && { description }),
      // Of a union Pulumi's generator makes Go that does not compile: the component has the default.
      ...(fallback !== undefined && !schema.oneOf && { default: JSON.parse(fallback) }),
    };
  }

  #unwrapped(symbol, type, plain) {
    const isInput = this.#innerOf(type, "Promise") !== undefined;
    const context = { symbol, plain, numbers: this.#numbersOf(symbol) };
    return { schema: this.#schema(type, context), isInput };
  }

  #numbersOf({ name }) {
    return NO_INTEGERS.has(name) ? "number" : "integer";
  }

  /** T of an `Input<T>` (by its `Promise<T>`) or of an `Output<T>` (by its `OutputInstance<T>`). */
  #innerOf(type, name) {
    const members = type.isUnionOrIntersection() ? type.types : [type];
    for (const member of members) {
      if (member.symbol?.name === name) return this.#checker.getTypeArguments(member)[0];
      const nested = member.isIntersection() ? this.#innerOf(member, name) : undefined;
      if (nested) return nested;
    }
    return undefined;
  }

  #schema(given, context) {
    const input = this.#innerOf(given, "Promise");
    if (input) return this.#input(given, input, { ...context, plain: false });
    const type = this.#checker.getNonNullableType(given);
    if (type.flags & ts.TypeFlags.NumberLike && !type.isUnion()) return { type: context.numbers };
    if (type.isUnion()) {
      const union = this.#union(type, context);
      if (union) return union;
    }
    const primitive = PRIMITIVES.find(([flag]) => type.flags & flag);
    if (primitive) return { type: primitive[1] };
    if (this.#checker.isArrayLikeType(type))
      return {
        type: "array",
        items: this.#element(this.#checker.getTypeArguments(type)[0], context),
      };
    const indexed = type.getStringIndexType();
    if (indexed) return { type: "object", additionalProperties: this.#element(indexed, context) };
    return { $ref: `#/types/${this.#object(type, nameOf(given, type, context), context)}` };
  }

  /** `Input<T>`, or a union of that and of what the program may give in its place. */
  #input(given, input, context) {
    const wrappers = ["Promise", "OutputInstance"];
    const rest = given.types.filter(
      (each) =>
        !(each.flags & ts.TypeFlags.Undefined) &&
        !wrappers.some((name) => this.#innerOf(each, name)) &&
        !this.#checker.isTypeAssignableTo(each, input),
    );
    if (rest.length === 0) return this.#schema(input, context);
    return { oneOf: [input, ...rest].map((each) => this.#unionMember(each, context)) };
  }

  #element(type, context) {
    const schema = this.#schema(type, context);
    return context.plain && this.#innerOf(type, "Promise") === undefined
      ? { ...schema, plain: true }
      : schema;
  }

  #union(type, context) {
    if (type.flags & ts.TypeFlags.BooleanLike) return { type: "boolean" };
    if (type.types.every((each) => each.isStringLiteral())) {
      const token = `swap:index:${capital(context.symbol.name)}`;
      const values = type.types.map((each) => ({ value: each.value }));
      this.#found.set(token, { type: "string", enum: values });
      return { $ref: `#/types/${token}` };
    }
    // A union holds true and false as two types.
    const members = new Map();
    for (const each of type.types) {
      const schema = this.#unionMember(each, context);
      members.set(JSON.stringify(schema), schema);
    }
    const oneOf = [...members.values()];
    return oneOf.length === 1 ? oneOf[0] : { oneOf };
  }

  #unionMember(type, context) {
    if (type.symbol && this.#isResource(type))
      return { $ref: `#/resources/swap:index:${type.symbol.name}` };
    const schema = this.#schema(type, context);
    return context.plain && !schema.$ref ? { ...schema, plain: true } : schema;
  }

  #isResource(type) {
    return this.#checker.getPropertyOfType(type, "urn") !== undefined;
  }

  #object(type, name, context) {
    const token = `swap:index:${name}`;
    if (!this.#found.has(token)) {
      this.#found.set(token, {});
      const { properties, required } = this.#properties(type, context.plain);
      const description = documentation(symbolOf(type), this.#checker);
      this.#found.set(token, {
        type: "object",
        ...(description && { description }),
        properties,
        ...(required.length > 0 && { required }),
      });
    }
    return token;
  }
}

const none = () => ({ properties: {}, required: [] });

function sorted({ properties, required }) {
  const entries = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  return { properties: Object.fromEntries(entries), required: required.sort() };
}

/** Only an input has a default: an output has the resulting value. */
function withoutDefaults(properties) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, { default: _, ...rest }]) => [name, rest]),
  );
}

function isOptional(type) {
  return type.isUnion() && type.types.some((each) => each.flags & ts.TypeFlags.Undefined);
}

/** The interface or alias that declares a type; none for an anonymous type. */
function symbolOf(type) {
  const own = type.symbol?.name.startsWith("__") ? undefined : type.symbol;
  const utility = ["Partial", "Omit", "Required"].includes(type.aliasSymbol?.name);
  // Partial<T> is T here: all that can be left out in T as well.
  if (type.aliasSymbol?.name === "Partial") return symbolOf(type.aliasTypeArguments[0]);
  return (utility ? undefined : type.aliasSymbol) ?? own;
}

function nameOf(given, type, { symbol }) {
  const name = (symbolOf(given) ?? symbolOf(type))?.name ?? capital(symbol.name);
  return name.replace(/(Args|Options)$/, "");
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
