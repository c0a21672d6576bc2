package org.sbertspark.ml;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A constant of an enum that users choose by its name in lower case. */
interface NamedChoice {

  /** The constant's own name. */
  String name();

  /** What the user writes. */
  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static <E extends Enum<E> & NamedChoice> Optional<E> find(Class<E> type, String label) {
    return Arrays.stream(type.getEnumConstants()).filter(c -> c.label().equals(label)).findFirst();
  }

  static <E extends Enum<E> & NamedChoice> String labels(Class<E> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(NamedChoice::label)
        .collect(Collectors.joining(", "));
  }
}
