/** A function of Go that generated code calls. */
export interface GoFunction {
  readonly imports: readonly string[];
  /** Other functions that it calls. */
  readonly needs?: readonly string[];
  /** Its name in Go, where that is not its name here. */
  readonly name?: string;
  readonly code: string;
}

/** The functions of Go that tell whether a value keeps to its schema. */
export const predicates: Readonly<Record<string, GoFunction>> = {
  isMultiple: {
    imports: ["math"],
    code: `
// isMultiple tells whether a number is a multiple of another, but for what floating point cannot hold.
func isMultiple(value, step float64) bool {
	ratio := value / step
	return math.Abs(ratio-math.Round(ratio)) < math.Max(math.Abs(ratio), 1)*0x1p-50
}`,
  },
  isUnique: {
    imports: ["encoding/json"],
    code: `
// isUnique tells whether no item of a list is there twice.
func isUnique[T any](items []T) bool {
	met := map[string]bool{}
	for _, item := range items {
		data, err := json.Marshal(item)
		if err != nil || met[string(data)] {
			return false
		}
		met[string(data)] = true
	}
	return true
}`,
  },
  is_date: {
    imports: ["time"],
    name: "isDate",
    code: `
// isDate tells whether a text is a date such as 2026-01-31.
func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}`,
  },
  is_time: {
    imports: ["regexp"],
    name: "isTime",
    code: `
var anyTime = regexp.MustCompile(\`^([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)?$\`)

// isTime tells whether a text is a time of day such as 12:30 or 12:30:00Z.
func isTime(text string) bool {
	return anyTime.MatchString(text)
}`,
  },
  is_email: {
    imports: ["net/mail"],
    name: "isEmail",
    code: `
// isEmail tells whether a text is an address of email, without a name.
func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}`,
  },
  is_ipv4: {
    imports: ["net/netip"],
    name: "isIPv4",
    code: `
// isIPv4 tells whether a text is an address such as 127.0.0.1.
func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}`,
  },
  is_ipv6: {
    imports: ["net/netip"],
    name: "isIPv6",
    code: `
// isIPv6 tells whether a text is an address such as ::1.
func isIPv6(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is6()
}`,
  },
  is_uri: {
    imports: ["net/url"],
    name: "isURI",
    code: `
// isURI tells whether a text is an address with a scheme.
func isURI(text string) bool {
	address, err := url.Parse(text)
	return err == nil && address.IsAbs()
}`,
  },
  is_uuid: {
    imports: ["regexp"],
    name: "isUUID",
    code: `
var anyUUID = regexp.MustCompile(\`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$\`)

// isUUID tells whether a text is a UUID.
func isUUID(text string) bool {
	return anyUUID.MatchString(text)
}`,
  },
};
