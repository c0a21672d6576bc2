package org.sbertspark.job;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Defaults of options, from a properties file: a key is an option's name without its hyphens, and
 * holds for every command that has the option. A blank value counts as none.
 */
final class ConfigFile implements IDefaultValueProvider {
  /** Where the launcher says which file. */
  static final String VARIABLE = "SBERT_SPARK_CONF";

  private final Properties values;

  private ConfigFile(Properties values) {
    this.values = values;
  }

  static Optional<Path> fromEnvironment(Map<String, String> environment) {
    return Optional.ofNullable(environment.get(VARIABLE))
        .filter(path -> !path.isBlank())
        .map(Path::of);
  }

  /**
   * Reads the file.
   *
   * @param line the commands whose options may be named
   * @throws IllegalArgumentException if it cannot be read or has a key that is no option
   */
  static Optional<ConfigFile> read(Optional<Path> file, CommandLine line) {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Properties values = new Properties();
    try (Reader reader = Files.newBufferedReader(file.get(), StandardCharsets.UTF_8)) {
      values.load(reader);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Cannot read the configuration %s: there is no such file; mend or unset %s"
              .formatted(file.get(), VARIABLE),
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Cannot read the configuration %s: %s".formatted(file.get(), e), e);
    }
    Set<String> known = keys(line);
    for (String key : values.stringPropertyNames()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "Cannot use the configuration %s: \"%s\" is no option; expected one of %s"
                .formatted(file.get(), key, String.join(", ", known)));
      }
    }
    return Optional.of(new ConfigFile(values));
  }

  /** The names of all options of all commands, but for those that only ask for help. */
  static Set<String> keys(CommandLine line) {
    Set<String> keys = new TreeSet<>();
    for (OptionSpec option : line.getCommandSpec().options()) {
      if (!option.usageHelp() && !option.versionHelp()) {
        keys.add(key(option));
      }
    }
    line.getSubcommands().values().forEach(command -> keys.addAll(keys(command)));
    return keys;
  }

  @Override
  public String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return null;
    }
    String value = values.getProperty(key(option), "");
    return value.isBlank() ? null : value;
  }

  /** The option's name in the file. */
  static String key(OptionSpec option) {
    return option.longestName().replaceFirst("^--", "");
  }
}
