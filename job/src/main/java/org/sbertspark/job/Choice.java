package org.sbertspark.job;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A constant of an enum that users write in lower case: on the command line and in manifests. */
interface Choice {
  String name();

  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a label, whatever its case. */
  static <E extends Enum<E> & Choice> ITypeConverter<E> converter(Class<E> type) {
    return label ->
        Arrays.stream(type.getEnumConstants())
            .filter(constant -> constant.label().equalsIgnoreCase(label))
            .findFirst()
            .orElseThrow(
                () ->
                    new TypeConversionException(
                        "expected one of %s but was '%s'"
                            .formatted(
                                Arrays.stream(type.getEnumConstants())
                                    .map(Choice::label)
                                    .collect(Collectors.joining(", ")),
                                label)));
  }
}
