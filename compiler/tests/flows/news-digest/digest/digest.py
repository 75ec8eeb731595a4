import collections
import html


def group(args):
    stories = collections.defaultdict(list)
    for paper in args["papers"]:
        for article in paper:
            key = " ".join(sorted(word for word in article["title"].lower().split() if len(word) > 5)[:3])
            stories[key].append(article)
    several = sorted(stories.values(), key=len, reverse=True)[:20]
    return {"stories": [{"title": story[0]["title"], "links": [article["link"] for article in story[:8]]} for story in several]}


def layout(args):
    items = "".join(f"<li><a href='{story['links'][0]}'>{html.escape(story['title'])}</a></li>" for story in args["stories"])
    return {"html": f"<h1>{args['words']}</h1><ul>{items}</ul>"}


def mail(args):
    print(len(args["html"]), "characters to", args["to"])
