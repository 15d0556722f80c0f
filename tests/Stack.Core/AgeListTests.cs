namespace NetStack.Core.Tests;

public class AgeListTests
{
    private AgeList<Element> _list;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_holds_what_a_list_holds_whatever_comes_and_goes(ulong seed)
    {
        SeededEntropy entropy = new(seed);
        List<Element> model = [];
        for (int i = 0; i < 2_000; i++)
        {
            if (model.Count == 0 || (model.Count < 12 && entropy.Next(2) == 0))
            {
                Element element = new();
                _list.Append(element);
                model.Add(element);
            }
            else
            {
                Element element = model[entropy.Next(model.Count)];
                _list.Remove(element);
                model.Remove(element);
                Assert.Null(element.Older);
                Assert.Null(element.Newer);
            }

            Assert.Equal(model, FromOldest());
            Assert.Equal(model, FromNewest());
        }
    }

    private List<Element> FromOldest()
    {
        List<Element> found = [];
        for (Element? element = _list.Oldest; element is not null; element = element.Newer)
        {
            found.Add(element);
        }

        return found;
    }

    private List<Element> FromNewest()
    {
        List<Element> found = [];
        for (Element? element = FromOldest().LastOrDefault(); element is not null; element = element.Older)
        {
            found.Insert(0, element);
        }

        return found;
    }

    private sealed class Element : IAged<Element>
    {
        public Element? Older { get; set; }

        public Element? Newer { get; set; }
    }
}
