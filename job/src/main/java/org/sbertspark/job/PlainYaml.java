package org.sbertspark.job;

import java.io.ByteArrayInputStream;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * YAML of maps, lists and texts: what is written without quotes is text, so that {@code no} is not
 * false and {@code 2014-01-01} no date; only an empty value is null.
 *
 * <p>The file is not trusted: a key that is there twice, an alias of a map or a list, which could
 * hold itself or many others, a depth of more than 50 and more than three million characters are
 * refused.
 */
final class PlainYaml {
  private PlainYaml() {}

  /**
   * What stands in the file.
   *
   * @param bytes UTF-8
   * @return maps, lists and strings; null if nothing stands there
   * @throws IllegalArgumentException if it is no YAML; the message is one line
   */
  static Object read(byte[] bytes) {
    LoaderOptions limits = new LoaderOptions();
    limits.setAllowDuplicateKeys(false);
    limits.setMaxAliasesForCollections(0);
    DumperOptions unused = new DumperOptions();
    Yaml yaml =
        new Yaml(
            new SafeConstructor(limits), new Representer(unused), unused, limits, new TextsOnly());
    try {
      return yaml.load(new ByteArrayInputStream(bytes));
    } catch (MarkedYAMLException e) {
      throw new IllegalArgumentException(
          "%s (line %d)".formatted(e.getProblem(), e.getProblemMark().getLine() + 1), e);
    } catch (YAMLException e) {
      throw new IllegalArgumentException(ErrorLine.firstLine(e.getMessage()), e);
    }
  }

  private static final class TextsOnly extends Resolver {
    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.NULL, EMPTY, null);
    }
  }
}
