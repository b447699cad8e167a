import { type GoFunction, predicates } from "./predicates";

// The functions of Go that generated code calls. A file has only those that it needs.

const helpers: Readonly<Record<string, GoFunction>> = {
  readValue: {
    imports: ["encoding/json", "errors", "reflect"],
    code: `
// kindNames says what a value must be.
var kindNames = map[reflect.Kind]string{
	reflect.Bool:    "a boolean",
	reflect.Float64: "a number",
	reflect.Int64:   "a whole number",
	reflect.Map:     "an object",
	reflect.Slice:   "a list",
	reflect.String:  "a string",
}

// readValue reads anything but null.
func readValue[T any](data json.RawMessage, target *T) error {
	if string(data) == "null" {
		return errors.New("must not be null")
	}
	err := json.Unmarshal(data, target)
	// The package's own errors quote what was sent.
	var mismatch *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	if errors.As(err, &mismatch) {
		return errors.New("must be " + kindNames[mismatch.Type.Kind()])
	}
	if errors.As(err, &syntax) {
		return errors.New("must be JSON")
	}
	return err
}`,
  },
  readTime: {
    imports: ["encoding/json", "errors", "time"],
    needs: ["readValue"],
    code: `
// readTime reads a time as RFC 3339 has it.
func readTime(data json.RawMessage, target *time.Time) error {
	var text string
	if err := readValue(data, &text); err != nil {
		return err
	}
	if target.UnmarshalText([]byte(text)) != nil {
		return errors.New("must be a date and time of RFC 3339")
	}
	return nil
}`,
  },
  readAny: {
    imports: ["encoding/json"],
    code: `
// readAny keeps JSON as it is.
func readAny(data json.RawMessage, target *json.RawMessage) error {
	*target = append(json.RawMessage(nil), data...)
	return nil
}`,
  },
  readPointer: {
    imports: ["encoding/json"],
    code: `
// readPointer reads a value to which a pointer leads.
func readPointer[T any](read func(json.RawMessage, *T) error) func(json.RawMessage, **T) error {
	return func(data json.RawMessage, target **T) error {
		*target = new(T)
		return read(data, *target)
	}
}`,
  },
  readNullable: {
    imports: ["encoding/json"],
    needs: ["readPointer"],
    code: `
// readNullable reads a value or null, which is nil.
func readNullable[T any](read func(json.RawMessage, *T) error) func(json.RawMessage, **T) error {
	return func(data json.RawMessage, target **T) error {
		if string(data) == "null" {
			*target = nil
			return nil
		}
		return readPointer(read)(data, target)
	}
}`,
  },
  readNilable: {
    imports: ["encoding/json"],
    code: `
// readNilable reads a list, a record or null, which is nil.
func readNilable[T any](read func(json.RawMessage, *T) error) func(json.RawMessage, *T) error {
	return func(data json.RawMessage, target *T) error {
		if string(data) == "null" {
			return nil
		}
		return read(data, target)
	}
}`,
  },
  readList: {
    imports: ["encoding/json", "fmt"],
    needs: ["readValue"],
    code: `
// readList reads a list, item by item.
func readList[T any](read func(json.RawMessage, *T) error) func(json.RawMessage, *[]T) error {
	return func(data json.RawMessage, target *[]T) error {
		var items []json.RawMessage
		if err := readValue(data, &items); err != nil {
			return err
		}
		*target = make([]T, len(items))
		for i, item := range items {
			if err := read(item, &(*target)[i]); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
}`,
  },
  readMap: {
    imports: ["encoding/json", "fmt"],
    needs: ["readValue"],
    code: `
// readMap reads a record, value by value.
func readMap[T any](read func(json.RawMessage, *T) error) func(json.RawMessage, *map[string]T) error {
	return func(data json.RawMessage, target *map[string]T) error {
		var values map[string]json.RawMessage
		if err := readValue(data, &values); err != nil {
			return err
		}
		*target = make(map[string]T, len(values))
		for key, data := range values {
			var value T
			if err := read(data, &value); err != nil {
				return fmt.Errorf("a value: %w", err)
			}
			(*target)[key] = value
		}
		return nil
	}
}`,
  },
  readFields: {
    imports: ["encoding/json"],
    needs: ["readValue"],
    code: `
// readFields reads the fields of an object by their exact names, which encoding/json alone does not.
func readFields(data []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	err := readValue(data, &fields)
	return fields, err
}`,
  },
  readField: {
    imports: ["encoding/json", "fmt"],
    needs: ["readOptional"],
    code: `
// readField reads a field that must be there.
func readField[T any](fields map[string]json.RawMessage, name string, read func(json.RawMessage, *T) error, target *T) error {
	if _, ok := fields[name]; !ok {
		return fmt.Errorf("%s: is missing", name)
	}
	return readOptional(fields, name, read, target)
}`,
  },
  readOptional: {
    imports: ["encoding/json", "fmt"],
    code: `
// readOptional reads a field that may be left out.
func readOptional[T any](fields map[string]json.RawMessage, name string, read func(json.RawMessage, *T) error, target *T) error {
	data, ok := fields[name]
	if !ok {
		return nil
	}
	if err := read(data, target); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}`,
  },
  readConstant: {
    imports: ["encoding/json", "fmt"],
    needs: ["readValue"],
    code: `
// readConstant reads a field that has always the same value.
func readConstant[T comparable](fields map[string]json.RawMessage, name string, constant T) error {
	var value T
	if data, ok := fields[name]; !ok || readValue(data, &value) != nil || value != constant {
		return fmt.Errorf("%s: must be %#v", name, constant)
	}
	return nil
}`,
  },
  readNoOthers: {
    imports: ["encoding/json", "errors", "slices"],
    code: `
// readNoOthers refuses fields with other names.
func readNoOthers(fields map[string]json.RawMessage, names ...string) error {
	for name := range fields {
		if !slices.Contains(names, name) {
			return errors.New("must not have further fields")
		}
	}
	return nil
}`,
  },
  readTag: {
    imports: ["encoding/json"],
    needs: ["readFields", "readValue"],
    code: `
// readTag reads the field that tells what an object is.
func readTag(data []byte, name string) (tag string, err error) {
	fields, err := readFields(data)
	if err != nil {
		return "", err
	}
	if data, ok := fields[name]; ok {
		_ = readValue(data, &tag)
	}
	return tag, nil
}`,
  },
  readVariant: {
    imports: ["encoding/json"],
    needs: ["readPointer"],
    code: `
// readVariant reads one of the types of a choice, and tells whether the value fits it.
func readVariant[T any](data json.RawMessage, read func(json.RawMessage, *T) error, target **T) bool {
	err := readPointer(read)(data, target)
	if err == nil {
		if checked, ok := any(*target).(interface{ Validate() error }); ok {
			err = checked.Validate()
		}
	}
	if err != nil {
		*target = nil
	}
	return err == nil
}`,
  },
  countTrue: {
    imports: [],
    code: `
// countTrue counts how many are true.
func countTrue(values ...bool) (count int) {
	for _, value := range values {
		if value {
			count++
		}
	}
	return count
}`,
  },
  readParam: {
    imports: ["bytes", "encoding/json"],
    needs: ["readValue"],
    code: `
// readParam reads and checks a param.
func readParam[T interface{ Validate() error }](cmd string, data []byte, target *T) error {
	err := readValue(bytes.TrimSpace(data), target)
	if err == nil {
		err = (*target).Validate()
	}
	if err != nil {
		return &ParamError{cmd, err}
	}
	return nil
}`,
  },
  isNothing: {
    imports: ["bytes"],
    code: `
// isNothing tells whether a param is left out or null.
func isNothing(param []byte) bool {
	param = bytes.TrimSpace(param)
	return len(param) == 0 || string(param) == "null"
}`,
  },
  sendParam: {
    imports: ["encoding/json", "fmt"],
    code: `
// sendParam checks a param and sends it.
func sendParam(send Sender, channel, cmd string, param interface{ Validate() error }) error {
	if err := param.Validate(); err != nil {
		return &ParamError{cmd, err}
	}
	data, err := json.Marshal(param)
	if err != nil {
		return &ParamError{cmd, fmt.Errorf("cannot be written as JSON: %w", err)}
	}
	return send(channel, cmd, data)
}`,
  },
  ...predicates,
};

/** The packages and functions that a file needs. */
export class Support {
  readonly #imports = new Set<string>();
  readonly #helpers = new Set<string>();

  /** Imports a package. */
  use(...packages: readonly string[]): void {
    for (const name of packages) this.#imports.add(name);
  }

  /** The name of a helper, which the file then has. */
  name(helper: string): string {
    const { imports, needs = [], name = helper } = helpers[helper]!;
    this.#helpers.add(helper);
    this.use(...imports);
    for (const need of needs) this.name(need);
    return name;
  }

  /** A call of a helper. */
  call(helper: string, ...args: readonly string[]): string {
    return `${this.name(helper)}(${args.join(", ")})`;
  }

  /** The packages, in order. */
  get imports(): string[] {
    return [...this.#imports].sort();
  }

  /** The functions, in the order in which they are written here. */
  get code(): string {
    const used = Object.entries(helpers).filter(([name]) => this.#helpers.has(name));
    return used.map(([, { code }]) => `${code}\n`).join("");
  }
}
