package org.sbertspark.model;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a Python pickle (protocols 2 to 4) without running anything that it says: dictionaries,
 * lists, tuples, strings, numbers, booleans and None are built here; everything else is asked of
 * {@link Objects}, which knows the few names that it allows.
 *
 * <p>Nothing here is recursive, and both the bytes and the number of instructions are bounded, so
 * that no input exhausts the stack or the heap. None is {@code null}, whole numbers are {@link
 * Long} ({@link BigInteger} beyond 64 bits), dictionaries keep their order.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the format</a>
 */
final class Unpickler {
  /** A state dict of 10,000 tensors has about 2 MB. */
  static final int MAX_BYTES = 16 << 20;

  /** Each may build an object of some 60 bytes; a state dict of 10,000 tensors has 500,000. */
  private static final int MAX_INSTRUCTIONS = 2_000_000;

  /** A Python tuple. Has no useful equality: a hostile one may be exponentially large. */
  static final class Tuple {
    private final List<Object> items;

    Tuple(List<Object> items) {
      this.items = items;
    }

    int size() {
      return items.size();
    }

    Object get(int index) {
      return items.get(index);
    }

    List<Object> items() {
      return items;
    }
  }

  /** The names that a pickle may refer to. All methods refuse by throwing. */
  interface Objects {
    /** The object with this name, such as {@code collections.OrderedDict}. */
    Object global(String module, String name);

    /** What a call gives. */
    Object call(Object function, Tuple arguments);

    /** The object outside the pickle that has this id. */
    Object persistent(Object id);
  }

  /** The instructions of a state dict, by their codes. */
  private static final class Op {
    static final int MARK = '(';
    static final int STOP = '.';
    static final int POP = '0';
    static final int POP_MARK = '1';
    static final int BINFLOAT = 'G';
    static final int BININT = 'J';
    static final int BININT1 = 'K';
    static final int BININT2 = 'M';
    static final int NONE = 'N';
    static final int BINPERSID = 'Q';
    static final int REDUCE = 'R';
    static final int BINSTRING = 'T';
    static final int SHORT_BINSTRING = 'U';
    static final int BINUNICODE = 'X';
    static final int APPEND = 'a';
    static final int BUILD = 'b';
    static final int GLOBAL = 'c';
    static final int DICT = 'd';
    static final int APPENDS = 'e';
    static final int BINGET = 'h';
    static final int LONG_BINGET = 'j';
    static final int LIST = 'l';
    static final int BINPUT = 'q';
    static final int LONG_BINPUT = 'r';
    static final int SETITEM = 's';
    static final int TUPLE = 't';
    static final int SETITEMS = 'u';
    static final int EMPTY_DICT = '}';
    static final int EMPTY_LIST = ']';
    static final int EMPTY_TUPLE = ')';
    static final int PROTO = 0x80;
    static final int TUPLE1 = 0x85;
    static final int TUPLE2 = 0x86;
    static final int TUPLE3 = 0x87;
    static final int NEWTRUE = 0x88;
    static final int NEWFALSE = 0x89;
    static final int LONG1 = 0x8a;
    static final int SHORT_BINUNICODE = 0x8c;
    static final int BINUNICODE8 = 0x8d;
    static final int STACK_GLOBAL = 0x93;
    static final int MEMOIZE = 0x94;
    static final int FRAME = 0x95;

    private Op() {}
  }

  private static final Object MARK = new Object();

  private final ByteBuffer in;
  private final String where;
  private final Objects objects;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  private Unpickler(ByteBuffer in, String where, Objects objects) {
    this.in = in;
    this.where = where;
    this.objects = objects;
  }

  /**
   * Reads one pickle and leaves the buffer's position behind it.
   *
   * @param where the file, for messages
   */
  static Object read(ByteBuffer in, String where, Objects objects) {
    in.order(ByteOrder.LITTLE_ENDIAN);
    try {
      return new Unpickler(in, where, objects).run();
    } catch (BufferUnderflowException e) {
      throw new ModelException(
          "Cannot read weights from %s: its pickle is cut off or has more than %d bytes"
              .formatted(where, MAX_BYTES),
          e);
    }
  }

  private Object run() {
    for (int i = 0; i < MAX_INSTRUCTIONS; i++) {
      int op = unsignedByte();
      if (op == Op.STOP) {
        return pop();
      }
      execute(op);
    }
    throw bad("its pickle has more than " + MAX_INSTRUCTIONS + " instructions");
  }

  private void execute(int op) {
    switch (op) {
      case Op.PROTO -> protocol(unsignedByte());
      case Op.FRAME -> in.getLong(); // Frames only help a reader to buffer.
      case Op.MARK -> stack.add(MARK);
      case Op.POP -> pop();
      case Op.POP_MARK -> popToMark();

      case Op.NONE -> stack.add(null);
      case Op.NEWTRUE -> stack.add(true);
      case Op.NEWFALSE -> stack.add(false);
      case Op.BININT -> stack.add((long) in.getInt());
      case Op.BININT1 -> stack.add((long) unsignedByte());
      case Op.BININT2 -> stack.add((long) Short.toUnsignedInt(in.getShort()));
      case Op.LONG1 -> stack.add(wholeNumber(bytes(unsignedByte())));
      case Op.BINFLOAT -> stack.add(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      // What Python 2 calls a string; the names of tensors are ASCII.
      case Op.SHORT_BINSTRING -> stack.add(text(unsignedByte(), StandardCharsets.ISO_8859_1));
      case Op.BINSTRING -> stack.add(text(in.getInt(), StandardCharsets.ISO_8859_1));
      case Op.SHORT_BINUNICODE -> stack.add(text(unsignedByte(), StandardCharsets.UTF_8));
      case Op.BINUNICODE -> stack.add(text(in.getInt(), StandardCharsets.UTF_8));
      case Op.BINUNICODE8 -> stack.add(text(in.getLong(), StandardCharsets.UTF_8));

      case Op.EMPTY_TUPLE -> stack.add(new Tuple(List.of()));
      case Op.TUPLE1 -> stack.add(new Tuple(popLast(1)));
      case Op.TUPLE2 -> stack.add(new Tuple(popLast(2)));
      case Op.TUPLE3 -> stack.add(new Tuple(popLast(3)));
      case Op.TUPLE -> stack.add(new Tuple(popToMark()));
      case Op.EMPTY_LIST -> stack.add(new ArrayList<>());
      case Op.LIST -> stack.add(popToMark());
      case Op.APPEND -> {
        Object item = pop();
        list().add(item);
      }
      case Op.APPENDS -> {
        List<Object> items = popToMark();
        list().addAll(items);
      }
      case Op.EMPTY_DICT -> stack.add(new LinkedHashMap<>());
      case Op.DICT -> {
        List<Object> items = popToMark();
        stack.add(new LinkedHashMap<>());
        setItems(items);
      }
      case Op.SETITEM -> setItems(popLast(2));
      case Op.SETITEMS -> setItems(popToMark());

      case Op.BINPUT -> memo.put(unsignedByte(), top());
      case Op.LONG_BINPUT -> memo.put(in.getInt(), top());
      case Op.MEMOIZE -> memo.put(memo.size(), top());
      case Op.BINGET -> stack.add(recall(unsignedByte()));
      case Op.LONG_BINGET -> stack.add(recall(in.getInt()));

      case Op.GLOBAL -> {
        String module = line();
        stack.add(objects.global(module, line()));
      }
      case Op.STACK_GLOBAL -> {
        List<Object> names = popLast(2);
        if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
          throw bad("its pickle is damaged: a name is not a string");
        }
        stack.add(objects.global(module, name));
      }
      case Op.REDUCE -> {
        Object arguments = pop();
        Object function = pop();
        if (!(arguments instanceof Tuple tuple)) {
          throw bad("its pickle is damaged: a call's arguments are no tuple");
        }
        stack.add(objects.call(function, tuple));
      }
      case Op.BUILD -> {
        // Attributes of a dictionary: the state dict's version numbers, which nobody needs.
        pop();
        if (!(top() instanceof Map)) {
          throw bad("its pickle sets the state of an object, expected only tensors");
        }
      }
      case Op.BINPERSID -> stack.add(objects.persistent(pop()));
      default ->
          throw bad(
              "its pickle has the instruction 0x%02x, which a state dict of tensors does not need"
                  .formatted(op));
    }
  }

  private void protocol(int version) {
    if (version < 2 || version > 4) {
      throw bad("its pickle has protocol %d, expected 2 to 4".formatted(version));
    }
  }

  private int unsignedByte() {
    return Byte.toUnsignedInt(in.get());
  }

  /** The length is compared with what is left before anything is allocated. */
  private byte[] bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private String text(long length, Charset charset) {
    return new String(bytes(length), charset);
  }

  /** Text up to the end of the line. */
  private String line() {
    int begin = in.position();
    while (in.get() != '\n') {}
    int end = in.position();
    byte[] bytes = new byte[end - 1 - begin];
    in.get(begin, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Two's complement, little-endian, of any length. */
  private static Object wholeNumber(byte[] littleEndian) {
    if (littleEndian.length == 0) {
      return 0L;
    }
    byte[] bigEndian = new byte[littleEndian.length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[littleEndian.length - 1 - i];
    }
    BigInteger number = new BigInteger(bigEndian);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private Object recall(int index) {
    Object object = memo.get(index);
    if (object == null && !memo.containsKey(index)) {
      throw bad("its pickle is damaged: it refers to an object that it has not yet made");
    }
    return object;
  }

  private Object top() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw bad("its pickle is damaged: an instruction lacks its object");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object top = top();
    stack.remove(stack.size() - 1);
    return top;
  }

  private List<Object> popLast(int count) {
    List<Object> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(0, pop());
    }
    return items;
  }

  private List<Object> popToMark() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw bad("its pickle is damaged: an instruction lacks its mark");
    }
    List<Object> above = stack.subList(mark, stack.size());
    List<Object> items = new ArrayList<>(above.subList(1, above.size()));
    above.clear();
    return items;
  }

  @SuppressWarnings("unchecked") // Only lists of objects are made here.
  private List<Object> list() {
    if (!(top() instanceof List<?> list)) {
      throw bad("its pickle is damaged: it appends to something that is no list");
    }
    return (List<Object>) list;
  }

  @SuppressWarnings("unchecked") // Only maps of objects are made here.
  private void setItems(List<Object> items) {
    if (!(top() instanceof Map<?, ?> map) || items.size() % 2 != 0) {
      throw bad("its pickle is damaged: it sets items of something that is no dictionary");
    }
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      // Anything deeper could take exponential time to hash.
      if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
        throw bad("its pickle has a dictionary with a key that is no string or number");
      }
      ((Map<Object, Object>) map).put(key, items.get(i + 1));
    }
  }

  private ModelException bad(String what) {
    return new ModelException("Cannot read weights from " + where + ": " + what);
  }
}
